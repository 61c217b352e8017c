Feature: A table where none belongs

  Scenario: It is told
    Then the status is 200
      | a | b |
