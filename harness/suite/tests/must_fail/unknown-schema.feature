Feature: A schema that is not there

  Scenario: It is told
    When I GET "/x"
    Then the answer honours the contract "content-respnse"
