@publishing
Feature: Publishing on several channels
  The email goes out through the CRM, the page and the posts through the Platform. The risk: a channel that nobody asked
  for, another text than the one that was approved, or the same publication twice.

  Rule: The editor chooses the channels

    Scenario Outline: Publishing on <channels>
      When I POST to "/api/v2/generate-content" with the fields:
        | send_email      | <email>  |
        | publish_web     | <web>    |
        | generate_social | <social> |
      Then the status is 200
      And published_to looks like:
        """json
        <published>
        """
      And the CRM received <emails> emails
      And the Platform received <pages> publications
      And the Platform received <posts> posts
      And what the answer claims is what the mocks received

      @smoke
      Examples: everything
        | channels          | email | web   | social | published                  | emails | pages | posts |
        | all channels      | true  | true  | true   | ["email", "web", "social"] | 1      | 1     | 3     |

      Examples: some
        | channels          | email | web   | social | published                  | emails | pages | posts |
        | email alone       | true  | false | false  | ["email"]                  | 1      | 0     | 0     |
        | web alone         | false | true  | false  | ["web"]                    | 0      | 1     | 0     |
        | social alone      | false | false | true   | ["social"]                 | 0      | 0     | 3     |
        | email and web     | true  | true  | false  | ["email", "web"]           | 1      | 1     | 0     |
        | email and social  | true  | false | true   | ["email", "social"]        | 1      | 0     | 3     |
        | web and social    | false | true  | true   | ["web", "social"]          | 0      | 1     | 3     |

      Examples: nothing
        | channels          | email | web   | social | published                  | emails | pages | posts |
        | no channel at all | false | false | false  | []                         | 0      | 0     | 0     |

    Scenario: A channel that was not chosen is said to be skipped
      When I POST to "/api/v2/generate-content" with the body "publications/web-only.json"
      Then the status is 200
      And all of these hold:
        | results.web.status    | is "success" |
        | results.email.status  | is "skipped" |
        | results.social.status | is "skipped" |
        | newsletter            | is null      |
        | social_posts          | is empty     |
      And the CRM received nothing

    Scenario: Only the networks that were named get a post
      When I POST to "/api/v2/generate-content?social_platforms=linkedin,facebook" with the body "publications/social-only.json"
      Then the status is 200
      And the Platform received 2 posts
      And the Platform received 1 post like:
        | platform | linkedin |
      And the Platform received 1 post like:
        | platform | facebook |
      And what the answer claims is what the mocks received

  Rule: What arrives is what the answer shows

    Scenario: The CRM gets the newsletter as it stands in the answer
      When I POST to "/api/v2/generate-content" with the body "publications/email-only.json"
      And I remember the answer as "shown"
      Then the CRM received 1 email like:
        | subject             | ${shown.newsletter.subject} |
        | html_content        | ${shown.newsletter.html}    |
        | text_content        | ${shown.newsletter.text}    |
        | metadata.content_id | ${shown.content_id}         |
        | recipients          | <absent>                    |
      And the CRM holds 1 email like:
        | message_id | ${shown.results.email.message_id} |
        | subject    | ${shown.newsletter.subject}       |

    Scenario: The Platform gets the web page as it stands in the answer, to be published at once
      When I POST to "/api/v2/generate-content" with the body "publications/web-only.json"
      And I remember the answer as "shown"
      Then the Platform received 1 publication like:
        | title               | ${shown.web_update.title}   |
        | content             | ${shown.web_update.content} |
        | tags                | ${shown.web_update.tags}    |
        | content_type        | web_update                  |
        | publish_immediately | true                        |
        | metadata.content_id | ${shown.content_id}         |
        | metadata.excerpt    | ${shown.web_update.excerpt} |
      And the Platform holds 1 content like:
        | content_id | ${shown.results.web.content_id} |
        | url        | ${shown.results.web.url}        |
        | status     | published                       |

    Scenario: The Platform gets each post as it stands in the answer
      When I POST to "/api/v2/generate-content" with the body "publications/social-only.json"
      And I remember the answer as "shown"
      Then the Platform received 3 posts
      And the Platform received 1 post like:
        | platform | twitter                         |
        | content  | ${shown.social_posts[0].content}  |
        | hashtags | ${shown.social_posts[0].hashtags} |
      And the Platform received 1 post like:
        | platform | linkedin                        |
        | content  | ${shown.social_posts[1].content}  |
        | hashtags | ${shown.social_posts[1].hashtags} |
      And the Platform received 1 post like:
        | platform | facebook                        |
        | content  | ${shown.social_posts[2].content}  |
        | hashtags | ${shown.social_posts[2].hashtags} |

    Scenario: The Platform hears of a new page once, and after the page is there
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      And I remember the answer as "shown"
      Then the Platform received 1 call to "POST /api/v1/webhooks/content" like:
        | event_type | content.published               |
        | content_id | ${shown.results.web.content_id} |
        | data.title | ${shown.web_update.title}       |
      And the mocks received, in this order:
        | the Platform | POST /api/v1/content/publish  |
        | the Platform | POST /api/v1/webhooks/content |

    Scenario: Each system gets its own key, never the other's
      Given the CRM rejects the key "rehearsal-platform-key"
      And the Platform rejects the key "rehearsal-crm-key"
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      Then the status is 200
      And errors is empty
      And in every call to "POST /api/v1/email/send" header "Authorization" is "Bearer rehearsal-crm-key"
      And in every call to "POST /api/v1/content/publish" header "Authorization" is "Bearer rehearsal-platform-key"
      And in every call to "POST /api/v1/social/post" header "Authorization" is "Bearer rehearsal-platform-key"

  Rule: The same request is carried out once

    Background:
      Given every request carries the headers:
        | Idempotency-Key | spring-${uuid} |

    Scenario: A request that is repeated with its key gets the first answer and sends nothing
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      And I remember the answer as "first"
      And I send the same request again
      Then the status is 200
      And header "Idempotent-Replayed" is "true"
      And content_id is "${first.content_id}"
      And results.email.message_id is "${first.results.email.message_id}"
      And the CRM received 1 email
      And the Platform received 1 publication
      And the Platform received 3 posts

    Scenario: An impatient client that sends its request ten times at once publishes once
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      And I remember the answer as "first"
      And I send the request 10 times, 5 at once
      Then all 10 answers have status 200
      And in every answer content_id is "${first.content_id}"
      And the CRM received 1 email
      And the Platform received 1 publication
      And the Platform received 3 posts

    Scenario: A key that was used for another request is refused, and nothing more is sent
      When I POST to "/api/v2/generate-content" with the body "publications/email-only.json"
      And I POST to "/api/v2/generate-content" with the body "publications/web-only.json"
      Then the status is 422
      And some detail[*].msg contains "another request"
      And the CRM received 1 email
      And the Platform received nothing

  Rule: Without a key every request is a publication of its own

    Scenario: Two requests without a key are two publications
      When I POST to "/api/v2/generate-content" with the body "publications/email-only.json"
      And I remember the answer as "first"
      And I send the same request again
      Then the status is 200
      And content_id is not "${first.content_id}"
      And results.email.message_id is not "${first.results.email.message_id}"
      And the CRM received 2 emails
      And the CRM holds 2 emails

  Rule: A finished newsletter is sent as it is

    Background:
      Given every request carries the headers:
        | X-API-Key | rehearsal-api-key |

    @smoke
    Scenario: A newsletter of the editors reaches the CRM word by word
      When I POST to "/api/v1/newsletter/send" with the body "publications/newsletter.json"
      Then the status is 200
      And all of these hold:
        | status     | is "sent" |
        | scheduled  | is false  |
        | recipients | is 100    |
      And the CRM received 1 email like:
        | subject      | Breathe easier this spring                                          |
        | html_content | <h1>Breathe easier</h1><p>Three techniques for spring.</p>          |
        | text_content | Breathe easier. Three techniques for spring.                        |
      And the Platform received nothing

  Rule: A sync brings the living document to the channels that it names

    Background:
      Given every request carries the headers:
        | X-API-Key | rehearsal-api-key |

    Scenario Outline: A sync to <channel>
      When I POST to "/api/v2/content/sync" with the fields:
        | document_id | living-document |
        | channels    | ["<channel>"]   |
      Then the status is 200
      And I remember job_id as "job"
      When I wait up to 5 seconds until GET "/api/v2/jobs/${job}" says status is "completed"
      Then errors is empty
      And results.<channel>.status is "success"
      And <service> received 1 <arrival>
      And <other> received 0 calls

      Examples:
        | channel  | service      | arrival     | other        |
        | email    | the CRM      | email       | the Platform |
        | website  | the Platform | publication | the CRM      |
        | twitter  | the Platform | post        | the CRM      |
        | linkedin | the Platform | post        | the CRM      |
        | facebook | the Platform | post        | the CRM      |
