Feature: Orders reserve stock at the warehouse
  The order service may confirm only what the warehouse has reserved, once, and must say so honestly when it could not.

  Scenario: An order reserves its quantity exactly once
    When I POST to "/orders" with the fields:
      | sku      | LAMP-1 |
      | quantity | 2      |
    Then the status is 201
    And the Warehouse received 1 reservation like:
      | sku      | LAMP-1 |
      | quantity | 2      |
    And nothing was sent twice

  Scenario: An order can be read again
    Given I remember "${unique word}" as "sku"
    When I POST to "/orders" with the fields:
      | sku      | ${sku} |
      | quantity | 1      |
    And I remember id as "order"
    And I GET "/orders/${order}"
    Then the status is 200
    And sku is "${sku}"

  Scenario Outline: An order that makes no sense is refused, and nothing is reserved (<what>)
    When I POST to "/orders" with the raw body:
      """
      <body>
      """
    Then the status is 400
    And the Warehouse received nothing

    Examples:
      | what             | body                              |
      | no quantity      | {"sku": "LAMP-1"}                 |
      | nothing ordered  | {"sku": "LAMP-1", "quantity": 0}  |
      | a fraction       | {"sku": "LAMP-1", "quantity": 1.5} |
      | no JSON          | lamp, two of them                 |

  Scenario: What is sold out is not confirmed
    When I POST to "/orders" with the fields:
      | sku      | LAMP-soldout |
      | quantity | 1            |
    Then the status is 409
    And message is "out of stock"

  Scenario: A closed warehouse is told as such
    Given the Warehouse answers 503 to "POST /reservations"
    When I POST to "/orders" with the fields:
      | sku      | LAMP-1 |
      | quantity | 1      |
    Then the status is 503
    And the Warehouse received exactly 1 call to "POST /reservations"

  Scenario: A warehouse out of reach is told as such
    Given the Warehouse is down
    When I POST to "/orders" with the fields:
      | sku      | LAMP-1 |
      | quantity | 1      |
    Then the status is 503
    And message contains "out of reach"

  Scenario: An order that was never made can't be read
    When I GET "/orders/none"
    Then the status is 404
