"""A view queues a slow task, which reads the request when the request is long over."""
