"""How people are rude, in English: for each kind its severity in [0, 1] and the phrases, as regular expressions."""

import re

_INSULT = (
    r"(?:idiots?|idiotic|stupid|dumb|moron(?:s|ic)?|fools?|foolish|imbeciles?|clueless|incompetent"
    r"|lazy|pathetic|ignorant|brainless|loser)"
)
LEXICON = (
    (
        1.0,
        "insult",
        (
            r"\byou(?:'re|\u2019re| are| must be| sound| people are)?(?: (?:all|just|so|such|really|either|too"
            rf"|clearly|obviously|being|an?))* {_INSULT}\b(?!['\u2019])|\b(?:only|any|what|like"
            rf"|such) an? (?:\w+ )?{_INSULT}\b|\bwhat(?:'s| is) wrong with you\b|\byou people\b|\byou(?:'re|\u2019re"
            r"| are) (?:hopeless|useless|an embarrassment|not (?:very|too) bright|the problem|being difficult)"
        ),
    ),
    (
        1.0,
        "profanity",
        (
            r"\b(?:f+u+c+k\w*|shit\w*|bullshit|bitch\w*|asshole\w*|bastards?|wtf|stfu|crap(?:py)?"
            r"|piss(?:ed)? off|screw you|dumbass|goddamn)\b"
        ),
    ),
    (
        0.95,
        "contempt",
        (
            r"\b(?:shut up|get lost|get a life|go away|suck it up|cry about it|deal with it|grow up|tough luck"
            r"|too bad(?: for you)?|boo hoo|who cares|whine|whining|quit (?:whining|complaining|bothering)"
            r"|stop (?:whining|complaining|bothering|wasting)|wast(?:e|ing) (?:my|our|everyone's) time"
            r"|like talking to a wall|spare (?:me|us) (?:the|your)|cry me a river|give me a break|do (?:I"
            r"|we) look like|good luck with that|come crying|save your (?:breath|tears)"
            r"|are you (?:even )?(?:blind|deaf|serious|kidding)|can(?:'|\u2019)?t you (?:even )?(?:read|count"
            r"|think)|learn to read|use your (?:brain|head|eyes)|a (?:child|toddler|monkey"
            r"|five-year-old) (?:could|can|would|understands))\b"
        ),
    ),
    (
        0.9,
        "blame",
        (
            r"\b(?:(?:that|this|it)(?:'s|\u2019s| is| was)? (?:all |entirely |clearly |really )?(?:your"
            r"|ur) (?:own )?(?:fault|problem|mistake)|not (?:my|our) (?:problem|fault|job)|you should(?:'ve"
            r"| have) (?:known|read|thought|listened|checked|paid)|serves you right|if you had (?:bothered"
            r"|actually read|paid attention|read)|had you (?:bothered|read)|you (?:didn't|did not"
            r"|never) (?:even )?bother(?:ed)?|you brought this|what did you expect"
            r"|maybe (?:next time )?(?:try )?read(?:ing)? (?:the|it|what)|next time,? (?:try )?(?:read|think"
            r"|pay attention))\b"
        ),
    ),
    (
        0.8,
        "brush-off",
        (
            r"\b(?:figure it out(?: yourself)?|google it|look it up yourself|(?:I|we) (?:really |honestly "
            r"|frankly )?(?:don't|don\u2019t|do not|couldn't|could not) (?:really )?care(?: (?:less"
            r"|about your))?|(?:I|we) (?:have|'ve got|\u2019ve got) better things|how (?:hard"
            r"|difficult) can it be|it(?:'s| is) not (?:that|rocket) (?:hard|difficult|science)|(?:not|hardly"
            r"|isn't|isn\u2019t) (?:that|so|very|really|exactly|all that)? ?(?:hard|difficult|complicated"
            r"|tricky|rocket science|brain surgery)|(?:I'm|I\u2019m|I am|we're|we\u2019re|we are) (?:so "
            r"|really |sick and |getting )?(?:tired|sick|fed up|done) (?:of|with)|(?:can't|can\u2019t"
            r"|cannot) believe (?:I|we|you) (?:have|need|had|even|still|really)|spell (?:it|this|that"
            r"|everything) out|hold your hand|common sense|why (?:would|are|did|do|can't"
            r"|can\u2019t) you (?:even|still|keep)|as I (?:already )?(?:said|told you)|for the (?:last"
            r"|hundredth|tenth|millionth) time|how many times|seriously\?|obviously,? (?:you|if)|did(?:n't"
            r"| not) you (?:even )?(?:read|think|look)|stop (?:asking|emailing|messaging|calling)"
            r"|leave us alone|take it or leave it|nobody (?:cares|asked)|bother(?:ing)? (?:us|me|someone else)"
            r"|ridiculous (?:question|request)|(?:stupid|dumb|silly|pointless) (?:questions?"
            r"|requests?|mistakes?|complaints?)|wow,? (?:just )?(?:great|brilliant|genius)|(?:great|nice"
            r"|good) (?:job|going),? genius|congratulations on (?:failing|breaking|losing))\b"
        ),
    ),
    (
        0.55,
        "slang",
        (
            r"\b(?:lol|lmao|rofl|omg|bruh|bro|dude|yo|nah|yeah nah|gonna|wanna|gotta|ain't|ain\u2019t|y'all"
            r"|sup|whatevs?|idk|tbh|smh|ngl|chill out|no cap|my bad|duh|meh|yikes|ugh|pfft|u r|ur|thx|plz"
            r"|kinda|dunno|hella|fam|homie|buddy|pal|gimme|lemme|cuz)\b(?![-'\u2019]\w)|(?:^"
            r"|[.!?,] )whatever(?=[,.!…])"
        ),
    ),
    (
        0.85,
        "shouting",
        (r"(?-i:\b[A-Z]{2,}(?:[ ,!']+(?:[A-Z]{2,}|[AI]\b|[0-9]+)){5,})"),
    ),
    (
        0.5,
        "shouting",
        (r"(?-i:\b[A-Z]{3,}(?:[ ,!']+[A-Z]{2,}){2,}\b)"),
    ),
    (
        0.45,
        "exclamation",
        (r"!{3,}|\?!|!\?|\?{3,}"),
    ),
)
COMPILED = tuple((severity, kind, re.compile(pattern, re.IGNORECASE)) for severity, kind, pattern in LEXICON)
