"""MariaDB and MySQL: source and replica."""
