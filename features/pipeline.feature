@pipeline
Feature: From the living document to finished content
  One request reads the living document and turns it into a newsletter, a web page and social posts. The risk: readers
  get stale, malformed or wrongly voiced text, or the editors wait so long that they send it twice.

  Rule: One request makes everything, and soon

    @smoke
    Scenario: A publication on all channels is done within two seconds
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      Then the status is 200
      And it answers within 5 seconds
      And all of these hold:
        | status                 | is "success"                           |
        | newsletter             | is an object                           |
        | web_update             | is an object                           |
        | social_posts           | has 3 items                            |
        | errors                 | is empty                               |
        | generated_at           | is a date-time within 1 minute of now  |
      And the answer honours its contract
      And the answer honours the contract "content-response"
      And social_posts[*] honours the contract "social-post"
      And what the answer claims is what the mocks received

    Scenario: An editor who wants only the receipt gets no texts back, and the texts go out all the same
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json" changed by:
        | include_preview | false |
      Then the status is 200
      And all of these hold:
        | newsletter   | is null  |
        | web_update   | is null  |
        | social_posts | is empty |
      And the CRM received 1 email like:
        | subject      | <string>             |
        | html_content | </^<!DOCTYPE html>/> |
      And the Platform received 1 publication
      And the Platform received 3 posts

  Rule: Each kind of content has the shape that its readers need

    Scenario: The newsletter has a subject that fits an inbox, a page and a plain text
      When I POST to "/api/v2/generate-content" with the body "publications/email-only.json"
      Then the status is 200
      And newsletter.subject has at least 10 characters
      And newsletter.subject has at most 100 characters
      And newsletter.preview_text has at most 150 characters
      And newsletter.html contains "<h1>"
      And newsletter.html contains "</html>"
      And newsletter.text does not contain "<h1>"
      And newsletter.text contains "For your practice"
      And the CRM received 1 email

    Scenario: The web page keeps to what search engines show
      When I POST to "/api/v2/generate-content" with the body "publications/web-only.json"
      Then the status is 200
      And web_update.title has at most 60 characters
      And web_update.excerpt has at most 160 characters
      And web_update.slug matches "^[a-z0-9]+(-[a-z0-9]+)*$"
      And web_update.tags contains "breathscape"
      And web_update.content starts with "<article>"
      And the Platform received 1 publication like:
        | metadata.slug | <string> |
        | content_type  | web_update |

    Scenario Outline: A post for <network> keeps to the length that <network> allows
      When I POST to "/api/v2/generate-content?social_platforms=<network>" with the body "publications/social-only.json"
      Then the status is 200
      And social_posts has 1 item
      And every social_posts[*].platform is "<network>"
      And every social_posts[*].content has at least 20 characters
      And every social_posts[*].content has at most <limit> characters
      And every social_posts[*].hashtags[*] starts with "#"
      And the Platform received 1 post like:
        | platform | <network> |

      Examples:
        | network  | limit |
        | twitter  | 280   |
        | linkedin | 3000  |
        | facebook | 63206 |

  Rule: The template decides how the newsletter looks, not what it says

    Scenario Outline: The <style> template
      When I POST to "/api/v2/generate-content?template_style=<style>" with the body "publications/email-only.json"
      Then the status is 200
      And newsletter.html starts with "<beginning>"
      And newsletter.html <mark>
      And I remember newsletter.html as "html"
      And newsletter.text contains "Breathscape 3.2 brings guided evening sessions"
      And the CRM received 1 email like:
        | html_content            | ${html} |
        | metadata.template_style | <style> |

      Examples:
        | style   | beginning       | mark                            |
        | modern  | <!DOCTYPE html> | contains "<table role="         |
        | minimal | <!DOCTYPE html> | does not contain "<table role=" |
        | plain   | <pre>           | does not contain "<h1>"         |

  Rule: The tone decides in which voice the same facts are told

    Scenario Outline: Everything is told in the <tone> tone
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json" changed by:
        | tone | <tone> |
      Then the status is 200
      And the newsletter subject starts with "<subject>"
      And newsletter.text contains "<greeting>"
      And the web page title starts with "<subject>"
      And every social_posts[*].content starts with "<opening>"
      And newsletter.text contains "Breathscape 3.2 brings guided evening sessions"
      And the CRM received 1 email like:
        | metadata.tone | <tone> |

      Examples:
        | tone               | subject                  | greeting                 | opening                             |
        | professional       | Halcytone update         | Dear reader,             | New at Halcytone:                   |
        | encouraging        | Breathe easy             | Hello, and welcome back! | Good news for your practice:        |
        | medical_scientific | Halcytone research brief | Dear colleague,          | Observation from the Halcytone lab: |

    Scenario: Each channel can have its own tone
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json" changed by:
        | per_channel_tones.email  | encouraging        |
        | per_channel_tones.web    | professional       |
        | per_channel_tones.social | medical_scientific |
      Then the status is 200
      And the newsletter subject starts with "Breathe easy"
      And the web page title starts with "Halcytone update"
      And every social_posts[*].content starts with "Observation from the Halcytone lab:"
      And what the answer claims is what the mocks received

    Scenario: A channel without a tone of its own takes the general one
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json" changed by:
        | tone                    | encouraging  |
        | per_channel_tones.email | professional |
      Then the status is 200
      And the newsletter subject starts with "Halcytone update"
      And the web page title starts with "Breathe easy"
      And every social_posts[*].content starts with "Good news for your practice:"

  Rule: The living document is the only source

    Scenario: The newest item leads, wherever it stands in the document
      Given a freshly started service with the environment:
        | LIVING_DOC_PATH | features/data/living-documents/two-issues.md |
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      Then the status is 200
      And the newsletter subject contains "A quieter start screen"
      And the web page title contains "A quieter start screen"
      And newsletter.text contains "The old evening library"
      And the CRM received 1 email like:
        | subject | </A quieter start screen$/> |

    Scenario: The same document makes the same texts again, in a publication of its own
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      And I remember the answer as "first"
      And I POST to "/api/v2/generate-content" with the body "publications/all-channels.json" changed by:
        | force_refresh | true |
      Then the status is 200
      And newsletter is "${first.newsletter}"
      And web_update is "${first.web_update}"
      And social_posts is "${first.social_posts}"
      And content_id is not "${first.content_id}"

    Scenario: Characters that mean something in HTML reach the reader as characters
      Given a freshly started service with the environment:
        | LIVING_DOC_PATH | features/data/living-documents/markup.md |
      When I POST to "/api/v2/generate-content" with the body "publications/all-channels.json"
      Then the status is 200
      And the newsletter subject contains "Breathe <in> &"
      And newsletter.html contains "Breathe &lt;in&gt; &amp;"
      And newsletter.html does not contain "<script>"
      And web_update.content does not contain "<script>"
      And newsletter.text contains "<script>"
      And the CRM received 1 email

    Scenario: A document with a single section still serves every channel
      Given a freshly started service with the environment:
        | LIVING_DOC_PATH | features/data/living-documents/two-issues.md |
      When I POST to "/api/v2/generate-content" with the body "publications/social-only.json"
      Then the status is 200
      And social_posts has 3 items
      And every social_posts[*].content contains "A quieter start screen"
      And the Platform received 3 posts
