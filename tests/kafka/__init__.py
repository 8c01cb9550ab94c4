"""What is Kafka's own: a real broker, and what happens when it dies, moves partitions, or has another topic."""
