/** The widgets' own words, by language; English where a language is missing. */
const words = {
  en: {
    heading: 'You may also like',
    why: 'Why this?',
    dismiss: 'Not interested',
    close: 'Close',
    drop: 'Drop, paste or choose a photo',
    snap: 'Take a photo',
    searching: 'Looking …',
    none: 'Nothing found.',
    crop: 'Drag over the part that is meant, or use the arrow keys and Enter',
    'context.image': 'looks like the picture you are viewing',
    'context.item': 'goes with the product you are viewing',
    'context.text': 'fits your words',
    history: 'fits what you looked at before',
    behaviour: 'chosen by shoppers with a similar taste',
    session: 'next step of similar visits',
    together: 'often bought together',
    popular: 'popular right now',
    new: 'new in the shop',
    rule: 'picked by the shop',
  },
  de: {
    heading: 'Das könnte auch gefallen',
    why: 'Warum das?',
    dismiss: 'Nicht interessant',
    close: 'Schließen',
    drop: 'Foto ablegen, einfügen oder auswählen',
    snap: 'Foto aufnehmen',
    searching: 'Ich schaue …',
    none: 'Nichts gefunden.',
    crop: 'Den gemeinten Teil mit der Maus umfahren, oder Pfeiltasten und Eingabe',
    'context.image': 'ähnelt dem betrachteten Bild',
    'context.item': 'passt zum betrachteten Artikel',
    'context.text': 'passt zu den Worten',
    history: 'passt zu bisher Angesehenem',
    behaviour: 'gewählt von Menschen mit ähnlichem Geschmack',
    session: 'nächster Schritt ähnlicher Besuche',
    together: 'oft zusammen gekauft',
    popular: 'gerade beliebt',
    new: 'neu im Laden',
    rule: 'vom Laden ausgewählt',
  },
  fr: {
    heading: 'Vous aimerez aussi',
    why: 'Pourquoi ?',
    dismiss: 'Pas intéressé',
    close: 'Fermer',
    drop: 'Déposez, collez ou choisissez une photo',
    snap: 'Prendre une photo',
    searching: 'Je regarde …',
    none: 'Rien trouvé.',
    crop: 'Entourez la partie voulue, ou flèches et Entrée',
    'context.image': "ressemble à l'image affichée",
    'context.item': "va avec l'article affiché",
    'context.text': 'répond à vos mots',
    history: 'proche de ce que vous avez regardé',
    behaviour: 'choisi par des clients aux goûts proches',
    session: 'suite de visites semblables',
    together: 'souvent achetés ensemble',
    popular: 'populaire en ce moment',
    new: 'nouveau',
    rule: 'choisi par la boutique',
  },
} as const;

export type Word = keyof (typeof words)['en'];

/** The word in the language of the nearest `lang`; English otherwise. */
export const word = (name: Word, language: string): string =>
  (words[language.slice(0, 2) as keyof typeof words] ?? words.en)[name];

/** A source's name in words; a source that is not known is shown as it is. */
export const sourceWord = (source: string, language: string): string =>
  source in words.en ? word(source as Word, language) : source;
