Feature: Everything wrong at once

  Scenario: A step that nobody knows
    When I GIT "/orders/1"
    Then the order nummer is "1"

  Scenario: Names that nobody knows
    Given secret "UPSTREAM_API_KAY"
    When I GET "/orders/${order}"
    Then the Upstrem received nothing
    And the Upstream received exactly 1 call to "POST /item"

  Scenario: A doc string that is no JSON
    When I POST to "/orders" with:
      """json
      {"sku": }
      """
    Then the status is 200

  @smok
  Scenario: Nothing in it
