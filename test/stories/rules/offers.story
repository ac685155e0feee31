# What is offered to people who did not ask.

OFFER_DEVELOPERS
  hits    We are a web development company and design websites for you.
  misses  The development of our web site took a year.
OFFER_LEADS
  hits    We bring you qualified leads every week.
  misses  The path leads down to the lake, and is well qualified for prams.
OFFER_BUSINESS_MONEY
  hits    Your business qualifies: a merchant cash advance by Friday.
  misses  The merchant gave me cash back.
OFFER_HOME_WORKS
  hits    Gutter guards and walk-in tubs for your home.
  misses  The gutter is full of leaves again.
OFFER_WARRANTY
  hits    Your extended auto warranty is about to lapse.
  misses  The warranty of the kettle ends in May.
OFFER_LIFE_INSURANCE
  hits    Compare life insurance quotes for people over 50.
  misses  She worked in insurance all her life.
OFFER_HEMP
  hits    CBD oil, without a receipt.
  misses  A rope of hemp and a lamp with oil.
OFFER_CURE
  hits    This weird trick helps when you lie awake.
  misses  This weird bird sat on the fence all day.
OFFER_GADGET
  hits    A tactical flashlight that everybody wants.
  misses  Bring a flashlight for the way home.
OFFER_REPLICA
  hits    Swiss replica watches of all makes.
  misses  A replica of the old bridge stands in the museum; the watch in its tower is Swiss.
OFFER_SOFTWARE
  hits    OEM software, sent by mail.
  misses  The software came with the printer.
OFFER_FOLLOWERS
  hits    Buy real followers within an hour.
  misses  The reviews of the play were kind, and it has real followers.
OFFER_PUBLICITY
  hits    We offer Wikipedia page creation for you and your firm.
  misses  The Wikipedia page of our town has an old photograph.
OFFER_JOURNAL
  hits    Please submit your research paper to our esteemed journal.
  misses  Please send your paper cups back to the kitchen.
OFFER_FACTORY
  hits    We are a professional manufacturer of plastic bottles.
  misses  We visited the manufacturer of the organ.
OFFER_CHINESE_RECEIPTS
  hits    本公司代开各类发票，请联系
  misses  发票已随货物寄出，谢谢
OFFER_UNCLAIMED
  hits    An unclaimed reward lies here for you.
  misses  An unclaimed umbrella lies at the desk.
OFFER_SAMPLE_BOX
  hits    A free Yeti cooler: pay only shipping.
  misses  The cooler is in the car, and so is the free parking ticket.
OFFER_DRUG_SLIMMING
  hits    Semaglutide at home, without a visit.
  misses  Semantics at home, without a teacher.
