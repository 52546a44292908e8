"""`vigie doctor`: follows one host through the whole chain, and says where and why it breaks."""
