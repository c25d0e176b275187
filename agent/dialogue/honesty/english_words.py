"""The English word classes but for the verbs: things, people, states, and the small words."""

from __future__ import annotations

from agent.dialogue.honesty.english_verbs import FIRM, LIGHT, MILD, ROUSE, STRONG, TELL, forms

# What actions are about.
THINGS = """
watering bid bet boarding_pass label stove hob iron house home machine machines appliance sound heating money name
carpet studio office tap hallway dryer sprinkler note notes ac access account accounts address agenda aircon airbnb
alarm alarms amount app appliance application appointment appointments arrangement arrangements backup balance
basket bath bed bill bills bin bins blanket blinds boiler booking bookings bouquet breakfast broadband bulb bulbs
burger bus cab calendar camera cameras cancellation car card cart case cash cashback change changes chargeback
charger check-in check-out checkout cheque claim coffee complaint confirmation connection contract correction
corrections coupon curtain curtains delivery deployment deposit desk device devices dinner direct_debit dishwasher
dispute document documents donation door doors download draft drinks dryer e-mail e-mails email emails enrolment
enrollment entry event events fan fans fare fee feedback file files fine fireplace flat flight flights flowers
folder food form forms freezer fridge fund funds garage gate gates gift groceries haircut heat heater heating hob
hold hoover hotel humidifier inbox instance insurance interview invitation invitations invite invites invoice
invoices irrigation itinerary kettle key keys lamp lamps laundry lease letter letters licence license light lights
loan lock locks luggage lunch mail massage meal meeting meetings membership message messages microwave minibar money
newsletter nightlight notification notifications order orders oven package parcel parcels parking pass passcode
passport password passwords patio payment payments permit phone photo photos physio pin pizza pizzas playlist plug
plugs policy pool porch preferences prescription printer profile purchase purchases radiator radiators radio receipt
refund refunds registration reminder reminders rent rental repair reservation reservations return ride robot room
rooms router salary sauna savings schedule screenshot seat seats sensor server session settings shades shares shift
shipment shopping shower shutter shutters siren slot slots socket speaker speakers spot sprinkler sprinklers
statement stereo stock stocks stove sub subscription subscriptions suite supper survey table tables takeaway task
tasks taxi taxis tax telly television temperature thermostat ticket tickets timer timers to-do todo towels train
transaction transactions transfer transfers trash treadmill trip tv tyres upgrade vacuum valve ventilation visa
visit voicemail volume voucher wake-up_call wash washing washing_machine wi-fi wifi window windows wire withdrawal
workout workshop call calls contacts wallpaper alarm_clock guests guest_list rsvp address_book bedroom hallway
living_room bathroom basement kitchen front_door paperwork errand chore event_log log cot crib high_chair ringer
feeder projector tub jacuzzi aquarium greenhouse pump pumps vent vents mower drone hub switch switches sofa fence
intercom doorbell aircon ceiling blower warmer mattress crib tap taps grill bbq barbecue smoker cooker toaster
blender tracker beacon hatch skylight awning chandelier spotlight spotlights fairy_lights workspace
desktop spreadsheet presentation invoice_copy pin_code pincode receipts quote estimate ferry cruise cabin
compartment luggage_tag baggage suitcase suitcases lounge pram buggy scooter bike limousine limo shuttle transport
prescriptions pills medication refill checkup check-up vaccination scan test_results results x-ray haircut_slot
manicure facial court lane tee_time pitch gym_class yoga_class tuition fees tax_return claim_form mortgage pension
insurance_claim dividend portfolio holdings overdraft iban pot standing_order fines penalty voucher_code
promo loyalty points_balance tab detergent
brightness ambulance cleaner plumber electrician babysitter sitter tutor technician engineer locksmith uber driver
courier
"""

# Things that can be in a state, but that talk makes too: "I made a list".
WEAK_THINGS = """
list lists text texts song songs music movie video plan plans item items comment status query class lesson data
points mode loop ad ads post tweet deal stop report reports record records course request requests update updates
lawn chores errands job
"""

# Whom actions are about: people and houses outside the talk.
WHO = """
restaurant restaurants hotel driver drivers landlord landlady boss bank airline doctor doctors dentist plumber
electrician technician engineer courier chef waiter waitress reception receptionist concierge kitchen staff team
crew manager host owner shop store supplier vendor merchant seller agent agency insurer clinic hospital pharmacy
pharmacist vet school teacher tutor colleague colleagues supervisor support helpdesk desk caterer florist bakery
baker butcher grocer cleaner gardener handyman mechanic garage locksmith police ambulance neighbour neighbor
neighbours neighbors mum mom dad mother father wife husband partner brother sister son daughter babysitter sitter
nanny friend friends flatmate roommate guests guest attendees participants invitees recipient recipients
customer_service operator dispatcher company provider carrier venue theatre theater cinema box_office gym salon
barber hairdresser spa office department accountant lawyer solicitor tenant tenants client clients maintenance
housekeeping security cab taxi uber pizzeria cafe café bistro trattoria bar pub warehouse depot post_office
authorities hr family boyfriend girlfriend parents people system app website aunt uncle grandma grandpa kids
assistant secretary bookstore place folks nurse accountant colleague dr surgeon therapist coach trainer
optician physiotherapist sitter walker dog_walker painter roofer mover movers movers_company courier_service front_desk
room_service reception_desk billing legal sales it_team helpline hotline broker agent_desk embassy consulate
council registry librarian library photographer dj band caterers valet doorman guard porter bellboy steward
purser captain pilot sender buyer bidder editor publisher
"""

CLASSES = {
    **forms(STRONG, "strong"),
    **forms(FIRM, "firm"),
    **forms(LIGHT, "light"),
    **forms(TELL, "tell"),
    **forms(ROUSE, "rouse"),
    **forms(MILD, "mild"),
    "thing": THINGS,
    "weak": WEAK_THINGS,
    "who": WHO,
    "place": """
        calendar diary inbox cart basket list schedule system books account queue name wallet app post mail outbox
        agenda planner phone file oven bag database records record trash spam settings registry roster waitlist
        spreadsheet
    """,
    "me": "i we",
    "you": "you ya y'all",
    "your": "your ur",
    "our": "our my",
    "the": "the this that these those both all every",
    "an": "a an one another two three four five six seven eight nine ten some",
    "it": "it this that these those they everything all both these_ones the_lot the_whole_thing",
    "obj": "it this that them those these everything both all",
    "they": "they",
    "person": "them him her everyone everybody somebody someone",
    "have": "have has had 's",
    "be": "is are was were be been being am 's",
    "now": "is are am 's",
    "was": "was were",
    "been": "been",
    "be_base": "be",
    "will": "will shall going_to about_to",
    "going": "going_to about_to in_the_process_of busy in_the_middle_of",
    "modal": "can could may might must would should ought need cannot want wants wanted",
    "not": """
        not never no nothing none nobody nor neither hardly without unable fail failed refuse refused pretend
        pretending impossible rather_than instead_of anything anyone any anybody untrue false wrong doubt forgot
        forgotten fictional lie lying imaginary nowhere yet_to
    """,
    "adv": """
        just now already also successfully finally then really actually indeed even only still all certainly
        definitely duly hereby happily gladly right_now straight_away right_away at_once immediately simply too both
        since so well soon again once_more in_fact for_you as_requested as_promised as_you_asked as_you_wished
        as_you_requested here always pretty in_no_time in_a_moment in_a_minute in_a_second as_we_speak
        as_soon_as_possible asap very_soon in_advance as_well by_now thus hence today tonight tomorrow later
        once_and_for_all fresh officially long_since of_course not_only yesterday earlier two_minutes_ago
        a_minute_ago a_moment_ago a_second_ago on_your_behalf downstairs upstairs everywhere as_discussed
        this_afternoon this_evening this_morning this_week next_week right_there as_agreed as_instructed as_ordered
        automatically this_minute kindly halfway partly fully completely
    """,
    "here_now": """
        now right_now at_once immediately as_we_speak straight_away right_away for_you this_minute asap hereby
        on_your_behalf as_soon_as_possible
    """,
    "ack": """
        ok okay okey okie kk k sure sure_thing alright all_right right great perfect yes yep yeah yup absolutely
        certainly of_course no_problem fine good cool awesome wonderful excellent lovely hey hi hello oh ah aha ooh
        well there_you_go here_you_go ta_da tada ta-da voila voilà bingo boom great_news good_news gladly
        my_pleasure please sir madam thanks thank_you so and then got_it gotcha roger roger_that aye noted
        understood sweet nice brilliant super congratulations congrats hooray hurray yay woohoo guess_what
        no_worries not_a_problem definitely very_well very_good right_then there there_we_go here_we_go easy
        easy_peasy no_trouble boss mate chief captain dear buddy pal well_done nicely_done quick_update update
        status fyi psst yo rest_assured happy_to_help glad_to_help with_pleasure fantastic amazing terrific splendid
        marvellous poof presto hey_presto abracadabra zap ding final_step affirmative by_the_way no_sweat too_easy
        indeed tick the_good_news
    """,
    "if": """
        if once whether unless provided assuming suppose imagine in_case only_when as_soon_as_you when_you_say
        when_you_confirm when_you_tell when_you_ask when_you_want when_you_agree when_you_decide when_you_are_ready
        when_you_give whenever after_you when_asked if_asked on_request upon_request should_you were_you had_you
        say_the_word as_long_as when_told if_only when_you_need when_you_choose when_you_approve as_though as_if
        even_if until_you when_you_order when_you_book
    """,
    "when": "when while before after because why how until till where as_soon_as",
    "say_so": "say type tell_me let_me_know ask_me ask try_saying just_ask just_say try tap press click enter write",
    "so_that": "and",
    "idle": """
        if_you_need if_you_have if_you_want_to_change if_anything_changes if_you_change if_something
        if_you_must_know if_you_wondered if_you_were_wondering when_you_get when_you_arrive when_you_come
        when_you_wake when_you_land when_you_return when_you_walk once_you_arrive once_you_get once_more at_once
        once_again once_and_for_all in_case_you_need in_case_you_wondered in_case_you_were in_case_you_forget
        by_the_time_you if_you_wish_to_cancel if_you_want_anything if_i_remember if_there_is_anything
        if_there_'s_anything if_i_may_say
    """,
    "booked": "reservation reservations booking bookings appointment ticket tickets seat seats table",
    "time": "when after before while until till",
    "rel": "who which whom whose what why how",
    "by": "by",
    "by_me": "by_me by_us by_yours_truly",
    "to": "to",
    "prep": """
        for at on in under to with from of into onto until till via per near through off up down over out around
    """,
    "updown": "on off up down in out into onto back away forward aside through over",
    "about": "about regarding concerning than as",
    "and": "and then plus",
    "but": "but because although though however whereas so",
    "say": """
        said say says told tell mentioned asked wrote claimed thought think believed believe claim assumed hoped
        wanted wished asking saying wondering wonder meant mean suggested guessed felt dreamed dreamt insisted
        insist imagine hope complained expect expected
    """,
    "teller": "you people some many others users folks he she nobody everyone customers somebody",
    "wish": "wish hope hoping wished dream dreaming dreamt dreamed pretend imagine imagining",
    "wh": """
        what when where who whom whose which why how is are was were do does did have has had can could shall should
        will would may might am wanna want need ever know
    """,
    "aux": "have has had do does did shall should can could will would may might must",
    "way": """
        on_way coming_now on_its_way on_their_way on_his_way on_her_way on_the_way under_way underway en_route
        in_route in_transit coming_up in_motion in_progress in_the_works out_for_delivery in_hand coming_over
        headed_your_way heading_your_way headed_to_you coming_your_way coming_to_you inbound on_my_way
    """,
    "settled": """
        checked_in
        done sorted confirmed complete completed finished arranged all_set taken_care_of dealt_with
        seen_to in_place all_yours ready_for_you good_to_go ready_to_go set_to_go locked_in up_and_running paid_up
        paid_for paid_off handled off_your_plate in_their_hands called_off signed_off a_done_deal done_and_dusted
        squared_away under_control switched_on switched_off turned_on turned_off turned_up turned_down backed_up
        lined_up in_the_bag
    """,
    "settled_thing": """
        set fixed settled yours live in_effect in_force successful gone through up_to_date away waiting_for_you
        inactive paid effective a_go history no_more a_success set_up shut_down active valid
    """,
    "bare": """
        checked_in
        done sorted confirmed complete completed finished arranged all_set taken_care_of dealt_with seen_to settled
        good_to_go ready_to_go locked_in paid_for handled done_and_dusted squared_away fixed
    """,
    "state": """
        on off up down out locked unlocked open closed shut ready live active armed disarmed running playing warmer
        brighter darker cooler higher lower muted silent online offline full clear empty low high dimmed lit rolling
        in dark bright quiet louder quieter softer hotter colder dimmer outside downstairs secured at_the_door
    """,
    "doing_now": """
        coming running playing brewing heating warming cooling downloading printing starting recording ringing
        arriving waiting updating uploading syncing closing opening locking cleaning charging preheating rebooting
        restarting processing sending departing leaving resetting installing expecting holding preparing packing
        loading looking_forward_to
    """,
    "gone": """
        gone_through went_through going_through came_through come_through gone_out went_out going_out gone_off
        went_off arrived shipped landed gone_in went_in started stopped come_on came_on gone_live went_live
        kicked_in gone_up gone_down went_up went_down begun departed succeeded turned_on turned_off dropped risen
        cleared taken_effect took_effect disappeared vanished worked worked_out
    """,
    "come": """
        arrive come start ring land go_off go_on turn_on turn_off come_on wake reach show_up leave ship switch_on
        switch_off begin turn_up stop expire open close lock call contact pick meet go_out pull_up drop_by come_by
        swing_by stop_by follow text email expect hold serve go_through deliver collect
    """,
    "comes": """
        arrives comes starts rings lands goes_off leaves ships begins stops opens knows expects has_your follows
    """,
    "gets": "receive get see find have hear expect notice collect",
    "consider": "consider think_of regard treat",
    "deed": """
        backed_up went_ahead gone_ahead took_care_of taken_care_of taken_care took_care took_the_liberty
        taken_the_liberty saw_to seen_to dealt_with got_rid_of gotten_rid_of made_sure looked_after followed_up
        got_in_touch gotten_in_touch been_in_touch reached_out touched_base checked_with called_ahead phoned_ahead
        made_it_happen seen_to_it saw_to_it got_on_it pulled_the_trigger done_so did_so got_you_covered turned_on
        turned_off turned_up turned_down switched_on switched_off set_up worked_my_magic pulled_some_strings setup
        did_the_honours did_the_honors done_the_honours done_the_honors
    """,
    "deed_base": """
        go_ahead take_care_of take_care see_to deal_with sort_out make_sure get_rid_of turn_on turn_off turn_up
        turn_down switch_on switch_off set_up make_it_happen get_on_it get_right_on get_onto see_that see_to_it
        get_in_touch do_so keep_an_eye follow_up chase_up get_started get_back_to_them see_it_done work_my_magic
        make_it_so reach_out
    """,
    "deed_doing": """
        going_ahead taking_care_of seeing_to dealing_with sorting_out making_sure getting_rid_of turning_on
        turning_off turning_up turning_down switching_on switching_off setting_up following_up chasing_up
        getting_in_touch getting_on_it
    """,
    "made": """
        made created begun planned placed put issued received accepted filed laid put_through submitted approved
    """,
    "held": """
        taken given left kept written handed picked held drawn prepared told asked generated built collected
        arranged brought
    """,
    "ensure": "ensure make_sure check see verify",
    "success": "successfully successful just now already",
    "gone_through": "went_through gone_through came_through worked_out",
    "upon": "when after as_soon_as",
    "owned_up": "no_action_was no_action_has nothing_was_done nothing_has_been_done",
    "sky": "sun sunny snow rain rainy fog foggy hail storm storms thunderstorm cloudy clouds degrees_outside overcast",
    "as_they_say": """
        according_to_you as_you_said way_to_say as_they_say as_people_say so_to_speak as_the_saying_goes goes_the_saying
    """,
    "nothing": "set_in set_to_music set_on_fire set_upon set_apart",
    "warm": "hug hugs kiss kisses vibes wishes",
    "gone_out": "went_out gone_out",
    "talk": """
        topic subject scene story stories poem joke jokes pun puns riddle riddles sentence answer question word
        words conversation mind ball point line
        verse rhyme riddle game example explanation tone mood test quiz part comma letter letters chapter book idea
        thought thoughts argument debate chat talk way first last second same one others rest end start beginning
        record heart voice world most best deal rules
    """,
    "coming": "coming",
    "look": "look check",
    "expect": "expect",
    "see": "see",
    "comparative": """
        warmer brighter darker cooler higher lower louder quieter softer hotter colder dimmer quiet dark
    """,
    "as_we_speak": "as_we_speak",
    "onoff": "on off locked unlocked closed muted dimmed armed disarmed running shut",
    "called": "called contacted reached told rung phoned alerted",
    "used": "used charged",
    "expecting": "expecting awaiting",
    "knows": "knows know",
    "day": """
        today tonight tomorrow monday tuesday wednesday thursday friday saturday sunday noon midnight morning
        afternoon evening
    """,
    "regret": "pity sorry shame sad annoying unfortunate unfortunately regret too_bad bad_luck",
    "keep": "keep leave",
    "soon": "soon shortly in_a_moment in_a_minute momentarily presently very_soon in_no_time",
    "put_did": "put took taken",
    "put_base": "put take",
    "put_doing": "putting taking",
    "do_did": "did done",
    "got": "got gotten",
    "go_get": "got get getting had",
    "arrive": "arrive come",
    "mails": """
        email e-mail text sms message confirmation notification receipt letter refund call link code update reminder
    """,
    "here_there": "here there",
    "let_me": "let_me allow_me_to lemme let_us allow_me",
    "help": "help backup food dinner coffee",
    "strict_ref": "reference ref confirmation",
    "should": "should will shall",
    "in": "in",
    "that": "that",
    "do": "do does did",
    "set": "set fixed",
    "down": "down",
    "able": "able_to managed_to succeeded_in got_around_to gotten_around_to got_round_to got_to finished",
    "on_it": "on_it on_the_case onto_it right_on_it already_on_it working_on_it working_on_that on_the_job",
    "will_do": """
        will_do consider_it_done consider_that_done leave_it_to_me leave_it_with_me leave_that_to_me
        leave_that_with_me leave_everything_to_me wish_granted coming_right_up right_away straight_away
        mission_accomplished job_done on_the_double done_deal done_and_dusted no_sooner_said_than_done
        got_you_covered it_shall_be_done so_let_it_be_done success order_up the_deed_is_done a_wrap it_'s_a_wrap
        that_'s_a_wrap easy_done
    """,
    "promise": "promise guarantee assure swear vow",
    "confirm": "confirm announce report inform advise let_you_know say tell_you",
    "glad": "happy pleased delighted glad thrilled proud writing",
    "here": "here",
    "there_is": "there_is there_are there_'s there_will_be",
    "ref": """
        reference confirmation booking order tracking ticket receipt transaction case reservation ref record invoice
    """,
    "number": "number code no id nr ref reference locator",
    "early": """
        early late slowly right properly well badly online with as before gently correctly hot cold often poorly
        carefully
    """,
    "story": """
        once_upon_a_time long_ago ago centuries century ancient king queen prince princess knight dragon fox wolf
        story tale fable novel poem film legend medieval chapter witch emperor giant pirate pirates soldiers army
        war wizard was_composed was_filmed was_recorded was_painted was_directed was_patented were_recorded
        were_painted museum president minister history_of in_history book
    """,
    "habit": """
        usually often generally sometimes typically normally many most every each nowadays traditionally mostly
        commonly rarely in_general as_a_rule whenever ordinarily annually by_law always by_default per_year a_year
        worldwide people on_mondays on_sundays at_night
    """,
    "is_like": "means mean called word phrase idiom rhymes",
}
