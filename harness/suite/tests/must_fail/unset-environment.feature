Feature: A variable that is not set

  Scenario: A typo
    When I GET "/${env:HOEM}"
    Then the status is 200
