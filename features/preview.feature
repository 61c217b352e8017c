@preview
Feature: Previews
  A preview shows what a live run would send. The risk: it sends something, or it shows something else than what will be
  sent, so that the editors approve a text that nobody gets.

  Rule: A preview publishes nothing

    @smoke
    Scenario: A preview of everything shows all texts and calls nobody
      When I preview:
        """json
        {"send_email": true, "publish_web": true, "generate_social": true}
        """
      Then the status is 200
      And all of these hold:
        | status                            | is "preview" |
        | published_to                      | is empty     |
        | errors                            | is empty     |
        | results.email.status              | is "preview" |
        | results.web.status                | is "preview" |
        | results.social.status             | is "preview" |
        | results.email.message_id          | is absent    |
        | results.cache_invalidation.status | is "skipped" |
        | newsletter.subject                | is not empty |
        | web_update.title                  | is not empty |
        | social_posts                      | has 3 items  |
      And nothing was published
      And the CRM received nothing
      And the Platform received nothing

    Scenario: A preview names no number of recipients, since the CRM was not asked
      When I preview:
        """json
        {"send_email": true, "publish_web": false, "generate_social": false}
        """
      Then newsletter.recipient_count is absent
      And results.email.recipients_count is absent
      And nothing was published

    Scenario: A preview works while the CRM and the Platform are down
      Given the CRM is down
      And the Platform is down
      When I preview:
        """json
        {"send_email": true, "publish_web": true, "generate_social": true}
        """
      Then the status is 200
      And status is "preview"
      And errors is empty
      And nothing was published

    Scenario: Twenty previews at once are twenty times the same text, and nothing is published
      When I preview:
        """json
        {"send_email": true, "publish_web": true, "generate_social": true}
        """
      And I remember newsletter.html as "html"
      And I send the request 20 times, 5 at once
      Then all 20 answers have status 200
      And in every answer newsletter.html is "${html}"
      And in every answer published_to is empty
      And the answers have unique content_id
      And nothing was published

    Scenario: A newsletter in test mode is not sent
      Given every request carries the headers:
        | X-API-Key | rehearsal-api-key |
      When I POST to "/api/v1/newsletter/send" with the body "publications/newsletter.json" changed by:
        | test_mode | true |
      Then the status is 200
      And status is "preview"
      And recipients is 0
      And nothing was published

  Rule: A preview shows what a live run sends

    Scenario Outline: The preview of <what> is what goes out
      When I preview:
        """json
        {"send_email": <email>, "publish_web": <web>, "generate_social": <social>}
        """
      Then the preview is what a live run sends
      And published_to looks like:
        """json
        <published>
        """
      And what the answer claims is what the mocks received

      Examples:
        | what           | email | web   | social | published                  |
        | everything     | true  | true  | true   | ["email", "web", "social"] |
        | the newsletter | true  | false | false  | ["email"]                  |
        | the web page   | false | true  | false  | ["web"]                    |
        | the posts      | false | false | true   | ["social"]                 |

    Scenario Outline: The preview in the <tone> tone is what goes out in it
      When I preview:
        """json
        {"send_email": true, "publish_web": true, "generate_social": true, "tone": "<tone>"}
        """
      Then the newsletter subject starts with "<subject>"
      And the preview is what a live run sends

      Examples:
        | tone               | subject                  |
        | professional       | Halcytone update         |
        | encouraging        | Breathe easy             |
        | medical_scientific | Halcytone research brief |

  Rule: A service in dry-run mode publishes nothing, whatever is asked of it

    Scenario Outline: <variable> turns a live request into a preview
      Given a freshly started service with the environment:
        | <variable> | true |
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      Then the status is 200
      And status is "preview"
      And published_to is empty
      And newsletter.subject is not empty
      And nothing was published

      Examples:
        | variable     |
        | DRY_RUN      |
        | DRY_RUN_MODE |

    Scenario: In dry-run mode a newsletter and a session summary stay at home, too
      Given a freshly started service with the environment:
        | DRY_RUN_MODE | true |
      And every request carries the headers:
        | X-API-Key | rehearsal-api-key |
      When I POST to "/api/v1/newsletter/send" with the body "publications/newsletter.json"
      Then status is "preview"
      When I POST to "/api/v2/session-summary?publish_immediately=true" with the body "publications/session.json"
      Then status is "preview"
      And nothing was published
