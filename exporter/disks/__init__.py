"""What disks tell of their own health: SMART of ATA disks, and the health log of NVMe controllers."""
