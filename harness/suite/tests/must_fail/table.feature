Feature: A row that is too long

  Scenario: It is not cut
    When I GET "/jobs" with the query:
      | limit | 3 |
      | offset | 3 | 4 |
