Feature: A
  Scenario: It lives
    When I GET "/live"
    Then the status is 200
