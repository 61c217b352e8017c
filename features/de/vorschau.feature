# language: de
@vorschau
Funktionalität: Die Vorschau verschickt nichts
  Die Redaktion sieht sich jeden Newsletter an, bevor er hinausgeht. Eine Vorschau, die heimlich
  veröffentlicht, wäre der teuerste Fehler von allen.

  Grundlage:
    Angenommen the service is ready

  @smoke
  Szenario: Die Vorschau zeigt alle Texte und veröffentlicht keinen
    Wenn I preview:
      """json
      {"send_email": true, "publish_web": true, "generate_social": true}
      """
    Dann the status is 200
    Und status is "preview"
    Und published_to is empty
    Und newsletter.subject is not empty
    Und web_update.title is not empty
    Und social_posts has 3 items
    Und nothing was published

  @publishing
  Szenario: Was die Vorschau zeigt, wird später genau so verschickt
    Wenn I preview:
      """json
      {"send_email": true, "publish_web": true, "generate_social": true, "tone": "encouraging"}
      """
    Dann the preview is what a live run sends
    Und nothing was sent twice
