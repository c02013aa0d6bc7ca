/** Fragments of regular expressions, for the flags `i` and `u`: the words by which a reply names a score or a criterion. */

const SURE_SCORE = [
  "scor(?:es?|ed|ing)|ratings?|rate[ds]?|grades?|marks|punktzahl|bewertung(?:en)?|wertung|noten",
  "|puntuaci[oó]n(?:es)?|puntaje|calificaci[oó]n|punteggio|voto|pontua[cç][aã]o|оценк[аиу]|балл(?:ы|ов|а)?|ocen[ay]",
  "|skor[u]?|puan[ıi]?|điểm|poäng|betyg|cijfer",
].join("");
const SCORE_IN_CJK = "评分|得分|分数|打分|評分|分數|点数|得点|スコア|評価|점수|평점";
const wholeWord = (words: string): string => `(?<!\\p{L})(?:${words})(?![\\p{Script=Latin}\\p{Script=Cyrillic}])`;

/** Nouns and verbs that say that a number is a score, in the languages that referees are seen to fall into. */
export const SCORE_WORD = `(?:${wholeWord(`${SURE_SCORE}|mark|points?|pts|overall|punkte?|puntos|punkty|notes?|nota`)}|${SCORE_IN_CJK})`;

/** Those of them that say so of the numbers below, too; "points" may be points of any kind there. */
export const SCORE_HEADING = `(?:${wholeWord(SURE_SCORE)}|${SCORE_IN_CJK})`;

/** Words for a pair of scores; without those that also mean something in geometry or programming. */
export const SCORES_NOUN =
  "(?<!\\p{L})(?:scores?|ratings?|grades|marks|punktzahlen|bewertung(?:en)?|notes|оценки)(?!\\p{L})|评分|得分";

/** What a partial score is about. A number that belongs to one of these is not the answer's overall score. */
export const CRITERION = [
  "(?<!\\p{L})(?:helpful(?:ness)?|relevan(?:ce|cy|t)|accura(?:cy|te)|(?:level of )?details?|depth|correctness|clarity",
  "|concis(?:eness|ion)|completeness|creativity|efficiency|coherence|readability|style|tone|structure|organi[sz]ation",
  "|comments?|safety|honesty|harmlessness|fluency|factuality|grammar|engagement|originality|comprehensiveness",
  "|usefulness|precision|formatting|quality of \\p{L}+|genauigkeit|nützlichkeit|relevanz|hilfsbereitschaft|detailgrad",
  "|précision|pertinence|utilité|exactitud|precisión|relevancia|utilidad)(?!\\p{L})",
  "|有用性|有帮助|相关性|准确性|准确度|正確性|関連性|详细程度",
].join("");

/** Names that models give to the two sides. */
export const ASSISTANT = [
  "(?:(?<![\\p{L}\\p{N}])(?:(?:ai[ -])?assistant|assistent(?:in|en)?|asistente|assistente|asystent(?:a|owi)?|asistan",
  "|ассистент(?:а|у|ом|е)?|помощник(?:а|у)?|trợ lý|المساعد)",
  "|助手|助理|アシスタント|어시스턴트)",
].join("");

/** Names that can also mean the thing that is judged, so that they need a score word beside them. */
export const ANSWER = [
  "(?:(?<![\\p{L}\\p{N}])(?:responses?|answers?|models?|candidates?|submissions?|réponses?|antwort|respuesta|risposta",
  "|resposta|ответ)|回答|答案)",
].join("");
