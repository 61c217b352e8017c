Feature: The service is alive
  A first rehearsal. `dryrun steps` prints everything that a feature can say.

  Scenario: It answers its health check in time
    When I GET "/health"
    Then the status is 200
    And it answers within 2 seconds

  Scenario: Asking for its health publishes nothing
    When I GET "/health"
    Then the status is 200
    And nothing was published
