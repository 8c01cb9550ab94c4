"""Detection: runs with known trouble, real and modelled, against the incidents that rtcpulse makes of them."""
