"""What people are told about their webhooks: notices and mail."""
