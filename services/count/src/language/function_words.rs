//! Function words of 31 languages, and a guess of the language by the function words of a text.
//!
//! The lists were made for Tally. They have the most frequent articles, pronouns, prepositions,
//! conjunctions and auxiliaries, folded like the keys of the histogram. A word of one language is better
//! evidence than a word of several.

use std::sync::LazyLock;

use hashbrown::HashTable;

use super::{LanguageGuess, saturating_confidence};
use crate::Histogram;
use crate::histogram::ShortWord;
use crate::properties::ScriptClass;

/// The usual share of function words in a text. A lower share lowers the confidence.
const USUAL_SHARE: f32 = 0.2;
/// A relative lead over the second language from which the lead no longer lowers the confidence.
const CLEAR_LEAD: f32 = 0.5;

/// Each function word with the languages that have it, as bits of indices in [`LISTS`].
static LANGUAGES: LazyLock<HashTable<(ShortWord, u64)>> = LazyLock::new(|| {
    let mut known = HashTable::new();
    for (index, (_, _, words)) in LISTS.iter().enumerate() {
        for word in words.split_ascii_whitespace() {
            let word = ShortWord::new(word).expect("a function word has at most 15 bytes");
            let same = |(other, _): &(ShortWord, u64)| *other == word;
            let entry = known.entry(word.hash(), same, |(other, _)| other.hash());
            entry.or_insert((word, 0)).get_mut().1 |= 1 << index;
        }
    }
    known
});

/// The languages that have this function word; none for any other word.
fn languages_of(word: ShortWord) -> u64 {
    LANGUAGES.find(word.hash(), |(other, _)| *other == word).map_or(0, |(_, languages)| *languages)
}

/// The language written in `script` that the function words among `words` indicate.
pub(super) fn guess(script: ScriptClass, words: &Histogram) -> Option<LanguageGuess> {
    let mut evidence = Evidence { tokens: words.occurrences(), ..Evidence::default() };
    if words.len() < LANGUAGES.len() {
        words.short().for_each(|(word, count)| evidence.add(languages_of(word), count));
    } else {
        LANGUAGES.iter().for_each(|&(word, languages)| evidence.add(languages, words.get_short(word)));
    }
    evidence.verdict(script)
}

/// The function words of one language.
pub(super) struct FunctionWords {
    /// Index in [`LISTS`].
    index: usize,
}

/// The function words of the language with this tag; `None` if it has no list.
pub(super) fn of(tag: &str) -> Option<FunctionWords> {
    LISTS.iter().position(|(_, known, _)| *known == tag).map(|index| FunctionWords { index })
}

impl FunctionWords {
    pub(super) fn has(&self, word: &str) -> bool {
        ShortWord::new(word).is_some_and(|word| languages_of(word) >> self.index & 1 != 0)
    }
}

#[derive(Default)]
struct Evidence {
    tokens: u64,
    /// Function words of each language in the text.
    hits: [u64; LISTS.len()],
    /// `hits`, but a word of only one language has four times the weight of a word of several.
    weights: [u64; LISTS.len()],
}

impl Evidence {
    fn add(&mut self, mut languages: u64, count: u64) {
        let weight = if languages.is_power_of_two() { 4 } else { 1 };
        while languages != 0 {
            let index = languages.trailing_zeros() as usize;
            self.hits[index] += count;
            self.weights[index] += weight * count;
            languages &= languages - 1;
        }
    }

    fn verdict(&self, script: ScriptClass) -> Option<LanguageGuess> {
        let is_in_script = |index: &usize| LISTS[*index].0 == script;
        let first = (0..LISTS.len()).filter(is_in_script).max_by_key(|&index| self.weights[index])?;
        let others = (0..LISTS.len()).filter(|&index| index != first && LISTS[index].0 == script);
        let second = others.map(|index| self.weights[index]).max().unwrap_or(0) as f32;
        let (weight, hits) = (self.weights[first] as f32, self.hits[first]);
        if hits == 0 {
            return None;
        }
        let lead = ((weight - second) / weight / CLEAR_LEAD).min(1.0);
        let share = (hits as f32 / self.tokens as f32 / USUAL_SHARE).min(1.0);
        Some((LISTS[first].1, lead * share * saturating_confidence(hits)))
    }
}

/// Script, tag and function words of each language.
#[rustfmt::skip]
const LISTS: [(ScriptClass, &str, &str); 31] = [
    (ScriptClass::Latin, "en", "the of and to in is that it for was on are as with he be at by this have from or had not but what all were when we there can an your which their she they you his her has been will would if so into than its"),
    (ScriptClass::Latin, "de", "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur bis mehr durch man"),
    (ScriptClass::Latin, "fr", "de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se le ce il sont avec ou son aux cette ses mais comme on sa nous vous été leur être ces elle si même aussi je fait où dont"),
    (ScriptClass::Latin, "es", "de la que el en y a los se del las un por con no una su para es al lo como más o pero sus le ha me si sin sobre este ya entre cuando todo esta ser son dos también fue había era muy años hasta desde está"),
    (ScriptClass::Latin, "pt", "de a o que e do da em um para é com não uma os no se na por mais as dos como mas foi ao ele das tem à seu sua ou ser quando muito há nos já está eu também só pelo pela até isso ela entre era são"),
    (ScriptClass::Latin, "it", "di e il la che in a per un è del non una i le con della si da al dei alla come più nel le lo ma sono gli ha anche o dal delle se su nella questo essere stato ai ed era degli io mi quando cui"),
    (ScriptClass::Latin, "nl", "de van het een en in is dat op te zijn met voor niet die er aan ook als bij om door naar maar nog uit wordt dan over of heeft worden tot hij ze werd hebben meer kan al wat was wij deze geen je ik zich"),
    (ScriptClass::Latin, "sv", "och i att det som en på är av för med till den har de inte om ett han men var jag sig från vi så kan när man nu hade år efter eller vid under ska också skulle hon där alla mot blev bara mycket"),
    (ScriptClass::Latin, "da", "og i at det er en til på som af for med de den ikke har et han var jeg om men der fra vi så kan sig efter ved også man havde nu blev skal eller hvis hun være bliver kun meget mod over noget hvad mig"),
    (ScriptClass::Latin, "nb", "og i det er på til som en av for med at de den ikke har et han var jeg om men fra vi så kan seg etter ved også man hadde nå ble skal eller hvis hun være blir bare mye mot over noe hva meg der"),
    (ScriptClass::Latin, "fi", "ja on ei se että oli hän ovat mutta kun joka myös kuin niin tai sen hänen olla mukaan ole jos vain sekä voi vielä nyt ollut hänellä jo siitä tämä sitä jonka mitä ne kanssa jälkeen tämän minä en"),
    (ScriptClass::Latin, "pl", "i w na z się do nie że to jest o a jak po od za ale przez przy co dla tym są czy już tylko oraz był może jego ich być jej która który które było lub także ze tego ma przed pod gdy"),
    (ScriptClass::Latin, "cs", "a se v na je že s z do i o to k ve pro za by jsem jako po jsou ale od jeho který které která při ze nebo až už tak bylo byl jen aby podle však také může co být není mezi jeho si"),
    (ScriptClass::Latin, "sk", "a sa v na je že s z do i o to k vo pre za by som ako po sú ale od jeho ktorý ktoré ktorá pri zo alebo až už tak bolo bol len aby podľa však aj môže čo byť nie medzi si pod"),
    (ScriptClass::Latin, "hu", "a az és hogy nem is egy ez csak volt meg de már azt ha el mint van még vagy azonban után ki kell minden szerint ezt lehet több sem pedig ami aki között nagy lesz ezek azok majd olyan miatt"),
    (ScriptClass::Latin, "ro", "de și în a la cu pe nu că o să din care un se pentru este mai au fost ce prin ca dar sunt sau fi ale ei lui după când două acest fără până către despre între al cel doar am fie"),
    (ScriptClass::Latin, "tr", "ve bir bu da de için ile çok olarak daha gibi olan kadar ne var o sonra en ki her ama olduğu değil ya oldu olduğunu mi göre şey bana ben veya ise tarafından diye yok onun"),
    (ScriptClass::Latin, "id", "yang dan di dengan untuk dari pada ini itu dalam tidak akan adalah ke juga karena oleh sebagai ada tersebut atau bisa telah mereka dapat kepada saya sudah lebih tahun anda harus seperti kita menjadi banyak"),
    (ScriptClass::Latin, "vi", "và của là có các được cho trong không một người này đã với những để khi từ về ở như đến cũng vào ra hay nhiều sẽ tại lại bị phải đó nhưng trên theo sau việc năm nếu"),
    (ScriptClass::Latin, "ca", "de la i a que el en l'any per amb va un no és una els les del al ha més dels són també com o seva com van seu però aquest aquesta ser hi s'ha entre fou molt on pel quan"),
    (ScriptClass::Latin, "hr", "i u je na da se za su s od a koji koja koje iz o kao što to ne bi će ili do nije biti po sam ali samo te već kako ovaj bio bila nakon prema može jer između svoje"),
    (ScriptClass::Latin, "sl", "in je v na za se da so ki s z pa tudi po ne kot od bi iz o pri ni bo do lahko ali kar je bil ker če to še le bila med svoje zaradi kjer vendar ko"),
    (ScriptClass::Latin, "lt", "ir į kad iš su yra buvo tai o ne kaip bet jis apie už tik ar jo po nuo dar prie iki jau savo bus gali arba kai labai būti nėra jų taip kurie dėl pat"),
    (ScriptClass::Latin, "lv", "un ir no ar uz par kas bija tika ka arī pēc kā lai gadā vai bet nav šo tas līdz to pie viņš tiek tā būt jau kad pat savu gan var tikai mēs"),
    (ScriptClass::Cyrillic, "ru", "и в не на что с по как это я из а он к у за от но то для же так все о его было бы или был мы когда если вы при они она есть уже чтобы этого только может ее их очень этом"),
    (ScriptClass::Cyrillic, "uk", "і в не на що з та у до як це за я від а для він але або про його був було по так й є які який ми всі якщо ще також бути вони ви при її вона може тільки чи через"),
    (ScriptClass::Cyrillic, "bg", "и на да се в от за с не е че по са като си това ще до които бе но или който към която след беше има при ли още само през може както със бъде те той във"),
    (ScriptClass::Cyrillic, "sr", "и у је на да се за су од са а који која које из о као што то не би ће или до није бити по сам али само те већ како био била након према може јер"),
    (ScriptClass::Arabic, "ar", "في من على إلى أن عن التي الذي مع ما هذا هذه لا كان بين أو كما ذلك بعد كل لم قد حيث غير قبل عند وقد ثم هو هي إن كانت خلال أي منذ وفي ولا"),
    (ScriptClass::Arabic, "fa", "و در به از که این را با است برای آن یک تا خود می بر های هم ها شد بود شده کرد نیز اما باید ای دیگر هر او ما شود پس بین اگر کند"),
    (ScriptClass::Arabic, "ur", "کے کی میں ہے اور سے کا کو اس نے پر ہیں یہ کہ نہیں بھی تھا وہ ایک کر لیے ہو تو جو تھے کیا گیا ہی اپنے ان ساتھ بعد تھی"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Case;
    use crate::key_builder::KeyBuilder;
    use crate::properties::KeyNeeds;

    #[test]
    fn function_words_are_their_own_keys() {
        let mut keys = KeyBuilder::new(Case::Fold);
        for word in LISTS.iter().flat_map(|(_, _, words)| words.split_ascii_whitespace()) {
            assert_eq!(keys.key(word, KeyNeeds::all()), word);
        }
    }
}
