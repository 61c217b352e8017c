Feature: A step that nobody knows

  Scenario: It does not pass
    Given the service is ready
    Then the status code equals 200
