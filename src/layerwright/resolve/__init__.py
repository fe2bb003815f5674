"""Requirements in any form become a lock for one target, through uv."""
