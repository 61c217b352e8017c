Feature: Orders

  @smoke
  Scenario: An order has a number
    When I GET "/orders/1"
    Then the order number is "1"
    And the Upstream received nothing

  Scenario: The service is alive
    When I GET "/health"
    Then the status is 200
