Feature: A call that no contract knows

  Scenario: It is told
    Given the Store answers 503 to "POST /api/v1/documets"
    When I GET "/health"
