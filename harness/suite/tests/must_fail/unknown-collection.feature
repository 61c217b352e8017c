Feature: A noun that means nothing that is kept

  Scenario: A typo
    Given 3 documnets in the Store
    When I GET "/publish"
    Then the status is 200
