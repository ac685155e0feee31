title      a message of no bytes gets an answer
client     192.0.2.41
sender     a@eighth.example
recipient  demo@example.org
expect     HDR_NO_FROM HDR_NO_DATE
action     junk
---
