Feature: A misspelt keyword

  Scenario: It is not taken for a description
    Givn the service is ready
