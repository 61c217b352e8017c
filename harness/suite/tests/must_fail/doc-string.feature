Feature: A body that is no JSON

  Scenario: It is told
    When I POST to "/publish" with:
      """json
      { "title": "no end }
      """
