"""What the containers of docker-compose.yml need beside the parts' own programs: secrets, first steps, health, Spark's configuration."""
