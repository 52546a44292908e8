"""What every page is made with: who looks, links, numbers, filters, and how a template is filled."""
