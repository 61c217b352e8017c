"""The same loop in locust, with its quicker client. Bodies are read, which is its default."""

from locust import FastHttpUser, task


class Items(FastHttpUser):
    @task
    def items(self):
        self.client.get("/items")
