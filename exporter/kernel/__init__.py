"""Interfaces of the kernel and of its nearest services: files, netlink, ioctls, D-Bus, SNTP."""
