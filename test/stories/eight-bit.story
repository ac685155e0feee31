title      bytes that are no text in any charset are still judged
client     192.0.2.40
sender     a@seventh.example
recipient  demo@example.org
action     accept
---
From: a@seventh.example
To: demo@example.org
Subject: ÿþ
Date: Sat, 21 Nov 2026 18:00:00 +0000
Message-ID: <1@seventh.example>

ÿþýü
