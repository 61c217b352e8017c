@rate-limits
Feature: Rate limits of the CRM and the Platform
  Both systems say when they have had enough. The risk: the service keeps knocking and is locked out, or it gives up and a
  newsletter that would have gone out a second later is lost.

  Rule: Who is asked to wait, waits

    @smoke
    Scenario: A newsletter that met a rate limit goes out at the second attempt
      Given the CRM answers 429 to "POST /api/v1/email/send" and asks to retry after 0 seconds once, then recovers
      When I POST to "/api/v2/generate-content" with the body "publications/email-only.json"
      Then the status is 200
      And results.email.attempts is 2
      And the CRM holds 1 email
      And the attempts at "POST /api/v1/email/send" were at least 40 ms apart
      And what the answer claims is what the mocks received

    Scenario Outline: <service> asks for a second of patience and gets it before the next attempt at <what>
      Given <service> answers <status> to "<call>" and asks to retry after 1 second once, then recovers
      When I POST to "/api/v2/generate-content?social_platforms=twitter" with the body "publications/<channel>-only.json"
      Then the status is 200
      And published_to contains "<channel>"
      And the attempts at "<call>" were at least 1 second apart
      And what the answer claims is what the mocks received

      Examples:
        | service      | what                         | status | call                         | channel |
        | the CRM      | an email                     | 429    | POST /api/v1/email/send      | email   |
        | the Platform | a page                       | 429    | POST /api/v1/content/publish | web     |
        | the Platform | a post                       | 429    | POST /api/v1/social/post     | social  |
        | the CRM      | an email, during maintenance | 503    | POST /api/v1/email/send      | email   |

    Scenario: Who asks for an hour is not waited for, and the editors are told
      Given the CRM answers 429 to "POST /api/v1/email/send" and asks to retry after 3600 seconds
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      Then it answers within 5 seconds
      And the status is 200
      And published_to does not contain "email"
      And results.email.error contains "429"
      And results.email.error contains "3600"
      And the CRM received exactly 1 call to "POST /api/v1/email/send"
      And what the answer claims is what the mocks received

    Scenario: A limit that never lifts is given up after three retries
      Given the CRM answers 429 to "POST /api/v1/email/send" and asks to retry after 0 seconds
      When I POST to "/api/v2/generate-content" with the body "publications/email-only.json"
      Then the status is 502
      And detail contains "429"
      And the CRM received exactly 4 calls to "POST /api/v1/email/send"
      And the attempts at "POST /api/v1/email/send" were at least 40, 80 and 160 ms apart
      And the CRM holds 0 emails

  Rule: A limit on calls per second slows publishing down and loses nothing

    @slow
    Scenario: Five emails meet a CRM that takes two a second
      Given the CRM allows 2 requests per second
      When I POST to "/api/v2/generate-content" with the body "publications/email-only.json"
      And I send the request 4 times, 4 at once
      Then all 4 answers have status 200
      And in every answer published_to contains "email"
      And the answers have unique results.email.message_id
      And the CRM holds 5 emails
      And nothing was sent twice

    @slow
    Scenario: Page, announcement and three posts meet a Platform that takes two calls a second
      Given the Platform allows 2 requests per second
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      Then the status is 200
      And errors is empty
      And the Platform holds 1 content
      And the Platform holds 3 posts
      And what the answer claims is what the mocks received
      And nothing was sent twice

    Scenario: A limit at the Platform does not slow down the newsletter
      Given the Platform answers 429 to everything and asks to retry after 0 seconds
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      Then the status is 200
      And published_to looks like:
        """json
        ["email"]
        """
      And results.email.attempts is 1
      And what the answer claims is what the mocks received
