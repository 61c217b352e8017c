Feature: A doc string without an end

  Scenario: It is told
    When I POST to "/publish" with:
      """
      { "title": "x" }
