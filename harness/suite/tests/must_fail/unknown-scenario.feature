Feature: A load of what there is not
  Scenario: Publishing
    When I GET "/health"

  Scenario: Load
    Given the users play:
      | scenario   | weight |
      | Publishing | 1      |
      | Publishin  | 1      |
    When 2 users work for 1 second
