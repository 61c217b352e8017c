Feature: A misspelt scenario

  Scenario: First
    Given the service is ready

  Scenaro: Second
    Given the service is ready
