Feature: a
  Scenario: b
    When I GET "/"
    Then the status is 200
