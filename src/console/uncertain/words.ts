// What the pages of messages that wait for a person say, in both languages.
// The words of each reason are those of the domain.
import type { Words } from '../../domain/words.ts'

export const words = {
  title: { it: 'Esiti incerti', en: 'Unknown outcomes' },
  heldTitle: { it: 'Messaggi da decidere', en: 'Held messages' },
  tabs: { it: 'Che cosa aspetta', en: 'What waits' },
  explain: {
    it: 'La richiesta è partita verso IO, ma la risposta non è tornata: il cittadino potrebbe aver ricevuto il messaggio, o no.',
    en: 'The request left for IO and no answer came back: the citizen may have it, or not.',
  },
  explain2: {
    it: 'IO non permette di chiederlo: nessun programma può saperlo da solo, perciò Staffetta non reinvia mai di sua iniziativa.',
    en: 'IO cannot be asked: no program can know by itself, so Staffetta never sends it again on its own.',
  },
  explain3: {
    it: 'Decide una persona. Per gli avvisi di pagamento conviene considerarli inviati: un doppione confonde, e un promemoria segue comunque.',
    en: 'A person decides. For payment notices it is best to take them as sent: hearing twice confuses, and a reminder follows anyway.',
  },
  heldExplain: {
    it: 'Questi messaggi non sono partiti: Staffetta li trattiene finché qualcuno decide. Sotto ogni motivo c’è che cosa guardare.',
    en: 'These have not left: Staffetta holds them until somebody decides. Each reason says what to look at.',
  },
  policy: {
    it: 'Che cosa dicono i collegamenti quando la risposta si perde',
    en: 'What feeds say when an answer is lost',
  },
  policyHold: { it: 'chiede a una persona', en: 'a person is asked' },
  policyResend: {
    it: 'reinvia da solo (il cittadino può ricevere due volte)',
    en: 'sends again by itself (citizens may hear twice)',
  },
  empty: { it: 'Nessun esito incerto.', en: 'No unknown outcome.' },
  heldEmpty: { it: 'Nessun messaggio da decidere.', en: 'Nothing is held.' },
  causes: { it: 'Per motivo', en: 'By reason' },
  cause: { it: 'Che cosa è successo', en: 'What happened' },
  advice: { it: 'Che cosa guardare', en: 'What to look at' },
  messages: { it: 'Messaggi', en: 'Messages' },
  message: { it: 'Messaggio', en: 'Message' },
  recipient: { it: 'Destinatario', en: 'Recipient' },
  tried: { it: 'Tentato il', en: 'Tried at' },
  planned: { it: 'Doveva partire il', en: 'Was to leave at' },
  payment: { it: 'Avviso di pagamento', en: 'Payment notice' },
  yes: { it: 'Sì', en: 'Yes' },
  no: { it: 'No', en: 'No' },
  service: { it: 'Servizio', en: 'Service' },
  flow: { it: 'Flusso', en: 'Flow' },
  choose: { it: 'Scegli', en: 'Choose' },
  all: { it: 'Tutti', en: 'All' },
  list: { it: 'Elenca', en: 'List' },
  allReasons: { it: 'Tutti i motivi', en: 'Every reason' },
  decide: { it: 'Decidi', en: 'Decide' },
  which: { it: 'Su quali', en: 'About which' },
  chosen: { it: 'I messaggi scelti sopra', en: 'Those chosen above' },
  whole: { it: 'Tutti quelli di questo elenco: {n}', en: 'All of this list: {n}' },
  as: { it: 'Che cosa fare', en: 'What to do' },
  sent: {
    it: 'Considera inviati: non partono più (consigliato per gli avvisi di pagamento)',
    en: 'Take as sent: they are not sent again (best for payment notices)',
  },
  resend: {
    it: 'Reinvia: i cittadini potrebbero riceverlo due volte',
    en: 'Send again: citizens may hear twice',
  },
  resendHeld: { it: 'Lascia partire', en: 'Let them go' },
  cancelled: {
    it: 'Annulla: per questi messaggi non parte più nulla',
    en: 'Cancel: nothing more of them is sent',
  },
  typed: { it: 'Scrivi il numero dei messaggi', en: 'Type the number of messages' },
  typedHint: {
    it: 'Serve per reinviare, e per decidere su tutto l’elenco.',
    en: 'Needed for sending again, and for deciding about all of the list.',
  },
  ioId: { it: 'Id del messaggio su IO', en: 'IO’s id of the message' },
  ioIdHint: {
    it: 'Se l’hai trovato sul portale: solo per un messaggio considerato inviato. Così se ne segue l’esito.',
    en: 'If you have found it on the portal: for one message taken as sent. It is followed then.',
  },
  note: { it: 'Nota', en: 'Note' },
  noteHint: {
    it: 'Perché: resta nella storia del flusso. Niente dati di persone.',
    en: 'Why: it stays in the history of the flow. No person’s data.',
  },
  confirm: { it: 'Conferma la decisione', en: 'Decide' },
  faultNone: { it: 'Scegli almeno un messaggio.', en: 'Choose at least one message.' },
  faultAs: { it: 'Scegli che cosa fare.', en: 'Say what to do.' },
  faultTyped: {
    it: 'I messaggi sono {n}: scrivi questo numero, dopo averli guardati.',
    en: 'There are {n} messages: type this number, once you have looked at them.',
  },
  faultIoId: {
    it: 'L’id di IO va con un solo messaggio considerato inviato: da 10 a 64 lettere e cifre.',
    en: 'IO’s id goes with one message taken as sent: 10 to 64 letters and digits.',
  },
  faultChanged: {
    it: 'Nel frattempo uno di questi messaggi è stato deciso, o è arrivata la risposta di IO: non è stato fatto nulla. Guarda di nuovo.',
    en: 'One of them was decided meanwhile, or IO’s answer came: nothing was done. Look again.',
  },
  done: { it: 'Messaggi decisi: {n}.', en: 'Messages decided: {n}.' },
  notDone: {
    it: ' Restano come sono: {n} (flusso interrotto, comunicazione già chiusa o cambiata, o da approvare di nuovo).',
    en: ' Left as they are: {n} (its flow was stopped, its notice is over or has changed, or needs an approval).',
  },
} satisfies Record<string, Words>
