Feature: A noun that means no call

  Scenario: A typo
    When I GET "/publish"
    Then the Store received 1 publicatoin
