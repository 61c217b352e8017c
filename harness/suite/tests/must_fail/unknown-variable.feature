Feature: A value that nobody remembered

  Scenario: It is told
    When I GET "/jobs/${job}"
    Then the status is 200
