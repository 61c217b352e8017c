Feature: A misspelt tag

  @retyr
  Scenario: It would not be retried
    Given the service is ready
