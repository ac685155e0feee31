title      p=quarantine means held for a person, not refused
client     198.51.100.21 host.other.example
helo       host.other.example
sender     bounce@other.example
recipient  demo@example.org
dns
  _dmarc.shop-one.example TXT "v=DMARC1; p=quarantine"
action     quarantine
---
From: Shop One <service@shop-one.example>
To: demo@example.org
Subject: an order
Date: Sat, 21 Nov 2026 18:00:00 +0000
Message-ID: <1@shop-one.example>

Your order is on its way.
