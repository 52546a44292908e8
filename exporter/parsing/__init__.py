"""What every parser of the kernel's texts uses: lines, words and numbers, and what is left out when it is none."""
