Feature: An outline without rows

  Scenario Outline: It does not vanish
    When I GET "<path>"

    Examples:
      | path |
