@load
Feature: Load
  The workflows above, by many users at once: a small load on each run, so that what breaks as soon as two come at the same
  time is found long before the real load of `dryrun load`. What a user does is a scenario like any other; each user has the
  mocks to himself, so that its checks of what they received hold here as well.

  Scenario: An editor publishes on all channels
    When I POST to "/api/v2/generate-content" with the fields:
      | send_email      | true |
      | publish_web     | true |
      | generate_social | true |
    Then the status is 200
    And the CRM received 1 email
    And the Platform received 1 publication
    And what the answer claims is what the mocks received

  Scenario: A reader looks at the templates
    When I GET "/api/v2/templates"
    Then the status is 200

  @serial
  Rule: A dozen users a second are no burden
    What runs beside a load is measured with it, and disturbed by it: `@serial`.

    Scenario: Users arrive whether those before them are through or not
      Given the users play:
        | scenario                                | weight |
        | An editor publishes on all channels     | 1      |
        | A reader looks at the templates         | 3      |
      When 12 users a second arrive for 1 second
      Then 95% of requests finish within 2 seconds and fewer than 1% fail
      And nothing was lost or sent twice

    Scenario: Users work one after another
      Given each user plays the scenario "An editor publishes on all channels"
      When 3 users work for 500 ms
      Then fewer than 1% fail
      And nothing was lost or sent twice
