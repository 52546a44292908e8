"""Containers' part of the page: what cAdvisor tells of Docker containers, to the letter, and what it lacks."""
