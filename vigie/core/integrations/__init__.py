"""What is known of integrations: their manifests, ours and the operator's own."""
